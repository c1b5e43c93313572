// What every page needs.
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import "bootstrap/js/dist/tab";
import { askFirst, enhanceConfirmations } from "../modules/confirm.js";
import { enhanceCopying } from "../modules/copy.js";
import { forgetAtSignOut } from "../modules/drafts.js";
import { enhanceFilters } from "../modules/filters.js";
import { enhanceForms } from "../modules/forms.js";
import { enhanceHotkeys } from "../modules/hotkeys.js";
import { enhanceJumpSearch } from "../modules/jump.js";
import { enhanceLists } from "../modules/lists.js";
import { text } from "../modules/strings.js";
import { enhanceTabs } from "../modules/tabs.js";
import { enhanceTheme } from "../modules/theme.js";
import { enhanceFlashes } from "../modules/toast.js";
import { enhanceTypeaheads } from "../modules/typeahead.js";

enhanceTheme();
enhanceTypeaheads();
enhanceJumpSearch();
enhanceConfirmations(); // before forms: a refused confirmation is no submission
enhanceForms();
enhanceFilters();
enhanceLists();
enhanceTabs();
enhanceCopying();
enhanceHotkeys();
enhanceFlashes();
forgetAtSignOut(() => askFirst(text("unsaved_sign_out"), { danger: true }));
