// A patient's own place in the queue.
import { enhanceTicket } from "../ticket.js";

enhanceTicket();
