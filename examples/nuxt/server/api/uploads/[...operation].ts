import { handleUploads } from "../../utils/handle-uploads";

// every method, also OPTIONS, which the pages of other origins send first
export default defineEventHandler((event) => handleUploads(toWebRequest(event)));
