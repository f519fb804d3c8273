// Stands for the global in the build for React Native, whose own has no `canParse`, and adds slashes.

const absolute =
	/^(https?:)\/\/(?:([^/?#@:]*)(?::([^/?#@]*))?@)?(\[[\da-f:.]+\]|[^/?#@:[\s]+)(?::(\d+))?([^?#\s]*)(\?[^#\s]*)?(#\S*)?$/i;

/** What this package uses of a URL: http and https ones. A path is kept as it is written. */
export class URL {
	readonly protocol: string;
	readonly username: string;
	readonly password: string;
	readonly hostname: string;
	readonly port: string;
	readonly pathname: string;
	search: string;
	readonly hash: string;

	/**
	 * @param url absolute, or a path
	 * @param base what a path is resolved against
	 */
	constructor(url: string | { toString(): string }, base?: string) {
		const path = /^[^:]*$/.test(`${url}`) && base !== undefined;
		const match = absolute.exec(path ? `${base}/${`${url}`.replace(/^\/+/, "")}` : `${url}`);
		if (!match) throw new TypeError("Invalid URL");
		const [, protocol = "", username = "", password = "", host = "", port = ""] = match;
		const [pathname = "", search = "", hash = ""] = match.slice(6);
		this.protocol = protocol.toLowerCase();
		this.username = username;
		this.password = password;
		this.hostname = host.toLowerCase();
		this.port = port === (this.protocol === "https:" ? "443" : "80") ? "" : port;
		this.pathname = pathname || "/";
		this.search = search;
		this.hash = hash;
	}

	static canParse(url: string | { toString(): string }, base?: string): boolean {
		try {
			return Boolean(new URL(url, base));
		} catch {
			return false;
		}
	}

	get origin(): string {
		return `${this.protocol}//${this.hostname}${this.port && `:${this.port}`}`;
	}

	get href(): string {
		const user = this.username && `${this.username}${this.password && `:${this.password}`}@`;
		return this.origin.replace("//", `//${user}`) + this.pathname + this.search + this.hash;
	}

	/** The one method of it that this package calls. */
	get searchParams(): { set(name: string, value: string): void } {
		return {
			set: (name, value) => {
				const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
				const others = this.search
					.slice(1)
					.split("&")
					.filter((one) => one.split("=")[0] !== name);
				this.search = `?${[...others.filter(Boolean), pair].join("&")}`;
			},
		};
	}

	toString(): string {
		return this.href;
	}
}
