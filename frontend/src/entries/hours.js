// The forms of working hours and of single dates.
import { enhanceWeeks } from "../week.js";

enhanceWeeks();
