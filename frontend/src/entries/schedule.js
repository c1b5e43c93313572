// The doctor's schedule.
import { enhanceSchedule } from "../schedule.js";

enhanceSchedule();
