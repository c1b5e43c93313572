// A doctor's consultation.
import { enhanceConsultation } from "../consultation/page.js";

enhanceConsultation();
