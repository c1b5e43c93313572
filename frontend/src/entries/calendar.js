// The calendar.
import { enhanceCalendar } from "../calendar/page.js";

enhanceCalendar();
