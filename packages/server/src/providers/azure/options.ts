/** An access token, as the credentials of `@azure/identity` return it. */
export interface AzureToken {
	readonly token: string;
}

/** Options of {@link azureProvider}. One of `accountKey` and `getToken` is required. */
export interface AzureProviderOptions {
	/** The storage account's name. Required; undefined throws. */
	readonly account: string | undefined;
	/** The container's name. Required; undefined throws. */
	readonly container: string | undefined;
	/** One of the account's two keys, in base64. It signs URLs and the server's own calls. @default none, with `getToken` */
	readonly accountKey?: string | undefined;
	/**
	 * Returns a Microsoft Entra token for a scope, such as
	 * `(scope) => new DefaultAzureCredential().getToken(scope)`. URLs are then signed by a user delegation key,
	 * which is fetched with it and renewed.
	 *
	 * @default none, with `accountKey`
	 */
	readonly getToken?: ((scope: string) => Promise<AzureToken | null>) | undefined;
	/**
	 * Base URL of the account's blob service, without the container: of another cloud, a custom domain, or
	 * `http://127.0.0.1:10000/devstoreaccount1` of Azurite.
	 *
	 * @default `https://{account}.blob.core.windows.net`
	 */
	readonly endpoint?: string | undefined;
	/**
	 * Base URL by which clients reach the same account, where the server reaches it by another name.
	 *
	 * @default `endpoint`
	 */
	readonly publicEndpoint?: string | undefined;
}

/** The options, checked and completed. */
export interface AzureSettings {
	readonly account: string;
	readonly container: string;
	readonly accountKey: Buffer | undefined;
	readonly getToken: AzureProviderOptions["getToken"];
	/** Without a slash at the end. */
	readonly endpoint: string;
	/** Without a slash at the end. */
	readonly publicEndpoint: string;
}

const urlShape = "must be a URL with http: or https: and neither user, query nor fragment";

/** Checks each option by itself: what is wrong with its value. */
const checks: Readonly<
	Record<keyof AzureProviderOptions, (value: unknown) => string | false | undefined>
> = {
	account: (value) =>
		!isMatch(value, /^[a-z0-9]{3,24}$/) && "must be 3 to 24 lower-case letters and digits",
	container: (value) =>
		!isMatch(value, /^(?=.{3,63}$)(?:\$web|[a-z0-9]+(?:-[a-z0-9]+)*)$/) &&
		"must be 3 to 63 lower-case letters, digits and single hyphens",
	accountKey: (value) =>
		isMatch(value, /AccountKey=/)
			? "is a whole connection string; pass what follows AccountKey= in it"
			: !isMatch(value, /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/) &&
				"must be a key of the account, in base64",
	getToken: (value) => typeof value !== "function" && "must be a function",
	endpoint: (value) => !isEndpoint(value) && urlShape,
	publicEndpoint: (value) => !isEndpoint(value) && urlShape,
};

const missing: Readonly<Record<"account" | "container", string>> = {
	account:
		"is undefined; pass the name of the storage account, or set the variable you read it from",
	container: "is undefined; pass the name of the container, or set the variable you read it from",
};

/**
 * Checks and completes the options.
 *
 * @throws TypeError that names every problem at once.
 */
export function readSettings(options: AzureProviderOptions): AzureSettings {
	const problems: string[] = [];
	const addProblem = (name: string, problem: string | false | undefined): void => {
		if (problem) problems.push(`${name}: ${problem}`);
	};
	for (const name of ["account", "container"] as const)
		addProblem(name, options[name] === undefined && missing[name]);
	for (const [name, value] of Object.entries(options)) {
		if (value === undefined) continue;
		const check = Object.hasOwn(checks, name) && checks[name as keyof AzureProviderOptions];
		addProblem(name, check ? check(value) : "there is no such option");
	}
	const { account = "", container = "", accountKey, getToken } = options;
	const endpoint = options.endpoint ?? `https://${account}.blob.core.windows.net`;
	const settings: AzureSettings = {
		account,
		container,
		accountKey: accountKey === undefined ? undefined : Buffer.from(accountKey, "base64"),
		getToken,
		endpoint: endpoint.replace(/\/+$/, ""),
		publicEndpoint: (options.publicEndpoint ?? endpoint).replace(/\/+$/, ""),
	};
	if (problems.length === 0) problems.push(...problemsTogether(settings));
	if (problems.length > 0) {
		throw new TypeError(
			`azureProvider cannot work with these options:\n- ${problems.join("\n- ")}`,
		);
	}
	return settings;
}

/** Checks across options that are valid each. */
function problemsTogether(settings: AzureSettings): string[] {
	const { account, container, accountKey, getToken } = settings;
	const problems: string[] = [];
	if ((accountKey === undefined) === (getToken === undefined)) {
		problems.push(
			accountKey
				? "accountKey: cannot be combined with getToken; drop one of them"
				: "accountKey: is undefined, and so is getToken; pass one of them",
		);
	}
	const same = settings.endpoint === settings.publicEndpoint;
	for (const name of same ? (["endpoint"] as const) : (["endpoint", "publicEndpoint"] as const)) {
		const { hostname, pathname, protocol } = new URL(settings[name]);
		const parts = pathname.split("/").filter(Boolean);
		if (parts.at(-1) === container && container !== account) {
			const corrected = settings[name].slice(0, -container.length - 1);
			problems.push(`${name}: already contains the container; use "${corrected}"`);
		} else if (/^(localhost|[\d.]+|\[.*\])$/.test(hostname) && parts[0] !== account) {
			problems.push(
				`${name}: the path must begin with the account where the host does not name it; use "${settings[name]}/${account}"`,
			);
		}
		if (getToken && protocol === "http:") {
			problems.push(
				`${name}: must be https: with getToken, whose tokens must not be sent in clear`,
			);
		}
	}
	return problems;
}

function isMatch(value: unknown, shape: RegExp): boolean {
	return typeof value === "string" && shape.test(value);
}

function isEndpoint(value: unknown): boolean {
	const url = typeof value === "string" ? URL.parse(value) : null;
	return (
		url !== null &&
		/^https?:$/.test(url.protocol) &&
		`${url.username}${url.password}${url.search}${url.hash}` === ""
	);
}
