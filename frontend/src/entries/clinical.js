// Parts of a consultation that stand on a page of their own.
import { enhanceClinical } from "../clinical.js";

enhanceClinical(document.querySelector(".clinical-page"));
