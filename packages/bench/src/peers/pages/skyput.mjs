export { createClient } from "@skyput/client";
