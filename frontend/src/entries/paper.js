// The ticket on paper.
import { enhancePaper } from "../paper.js";

enhancePaper();
