// The doctor's pages.
import { enhanceDoctorPage } from "../doctor.js";

enhanceDoctorPage();
