declare module "jsdom" {
	export class JSDOM {
		readonly window: typeof globalThis;
		constructor(html: string, options: { readonly runScripts: "outside-only" });
	}
}
