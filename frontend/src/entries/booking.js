// The booking form.
import { enhanceSlots } from "../slots.js";

enhanceSlots();
