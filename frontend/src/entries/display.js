// The screen of a waiting room.
import { enhanceDisplay } from "../display.js";

enhanceDisplay();
