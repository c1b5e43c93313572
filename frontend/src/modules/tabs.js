// A record's tabs stay where they were: the open one is in the address.
import Tab from "bootstrap/js/dist/tab";

export function enhanceTabs() {
  const tabs = document.querySelectorAll('[data-bs-toggle="tab"]');
  tabs.forEach((tab) =>
    tab.addEventListener("shown.bs.tab", () => history.replaceState(history.state, "", `#${tab.id.replace("tab-", "")}`)),
  );
  const wanted = tabs.length && location.hash && document.getElementById(`tab-${location.hash.slice(1)}`);
  if (wanted) Tab.getOrCreateInstance(wanted).show();
}
