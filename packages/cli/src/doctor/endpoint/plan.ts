/** A request to the storage, as far as the doctor reads it. */
export interface SignedRequest {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly expiresIn: number;
	readonly expiresAt: string;
}

export interface SinglePlan {
	readonly kind: "single";
	readonly key: string;
	readonly token: string;
	readonly request: SignedRequest;
	readonly algorithm?: string | undefined;
}

export interface MultipartPlan {
	readonly kind: "multipart";
	readonly key: string;
	readonly token: string;
	readonly window: Omit<SignedRequest, "url"> & {
		readonly urls: readonly string[];
		readonly values: readonly string[];
	};
}

export type Plan = SinglePlan | MultipartPlan;

/** Reads a plan; undefined for anything else. The whole contract is `skyput conform`'s business. */
export function readPlan(members: Readonly<Record<string, unknown>>): Plan | undefined {
	const { kind, token, key } = members;
	if (typeof token !== "string" || typeof key !== "string") return undefined;
	const { urls, values, url, headers } = Object(members["request"] ?? members["window"]);
	if (typeof headers !== "object" || headers === null) return undefined;
	const isSingle = kind === "single" && typeof url === "string" && URL.canParse(url);
	const isMultipart = kind === "multipart" && Array.isArray(urls) && Array.isArray(values);
	return isSingle || isMultipart ? (members as unknown as Plan) : undefined;
}
