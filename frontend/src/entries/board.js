// Reception's board.
import { enhanceBoard } from "../board.js";

enhanceBoard();
