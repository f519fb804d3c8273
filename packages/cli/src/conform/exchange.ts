import { exchangeAs } from "../exchange.js";

export const exchange = exchangeAs("skyput-conform");
