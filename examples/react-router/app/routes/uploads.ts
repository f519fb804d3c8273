import { handleUploads } from "../uploads/handle-uploads.server.ts";

interface Arguments {
	readonly request: Request;
}

// GET and OPTIONS, which the pages of other origins send first
export const loader = ({ request }: Arguments) => handleUploads(request);
export const action = ({ request }: Arguments) => handleUploads(request);
