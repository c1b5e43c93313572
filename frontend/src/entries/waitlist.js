// The waiting list.
import { enhanceWaitlist } from "../waitlist.js";

enhanceWaitlist();
