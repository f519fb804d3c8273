declare module "dynalite" {
	import type { Server } from "node:http";

	/** Makes a server with DynamoDB's API, whose tables are kept in memory. */
	export default function dynalite(options: { readonly createTableMs: number }): Server;
}
