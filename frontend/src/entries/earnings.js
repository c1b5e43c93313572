// A doctor's earnings: the charts.
import { drawCharts } from "../modules/charts.js";

drawCharts();
