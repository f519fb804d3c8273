import { createClient, UploadError } from "@skyput/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RunningServer } from "./check-server.ts";
import { executablePath, type OtherPage, openOtherPage } from "./other-page.ts";

/** What differs from the documentation. */
export interface Change {
	/** Variables with other values; an empty one counts as not set. */
	readonly env?: Readonly<Record<string, string>> | undefined;
	/** A text of the server's file, and its replacement. */
	readonly edit?: readonly [search: string, replacement: string] | undefined;
	/** Minutes by which the server's clock is ahead. */
	readonly minutesAhead?: number | undefined;
}

export interface BrokenServer extends RunningServer {
	/** What the server has written so far. */
	log(): string;
}

/** One for all servers of a test file. */
let otherPage: OtherPage | undefined;
beforeAll(async () => {
	if (executablePath) otherPage = await openOtherPage();
});
afterAll(() => otherPage?.close());

interface Mistake extends Change {
	readonly code: string;
	/** Names the wrong value, and what to change. */
	readonly message: RegExp;
	/** What the server's log names. */
	readonly log?: RegExp;
	/** Makes the client's `endpoint` from the right one. */
	readonly endpointFrom?: (endpoint: string) => string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly multipartThreshold?: number;
}

const mistakes: Readonly<Record<string, Mistake>> = {
	"a wrong path": {
		endpointFrom: (endpoint) => endpoint.replace(/uploads(\/?)$/, "upload$1"),
		code: "not-found",
		message:
			/POST \/\S*upload\/? at http:\/\/127\S+ answered 40[45]: .*Check the path of `endpoint`, that GET and POST are routed, and that the route returns \(or awaits\) its response\.$/,
	},
	"https, where the server speaks http": {
		endpointFrom: (endpoint) => endpoint.replace("http:", "https:"),
		code: "network",
		message: /TLS connection to 127\.0\.0\.1:\d+ failed.*`endpoint` should begin with http:/,
	},
	"a server's clock that is 20 minutes behind": {
		minutesAhead: -20,
		code: "storage-error",
		message: /server's clock is 20 minutes behind the storage's/,
		log: /server's clock is 20 minutes behind the storage's.*NTP/,
	},
	"another region than the bucket's": {
		env: { AWS_REGION: "eu-west-1" },
		code: "storage-error",
		message: /is in us-east-1.*signs for eu-west-1.*option region of s3Provider, or AWS_REGION;/,
		log: /is in us-east-1.*option region of s3Provider, or AWS_REGION;/,
	},
	"a wrong secret key": {
		env: { AWS_SECRET_ACCESS_KEY: "wrong" },
		code: "forbidden",
		message: /credentials/,
		log: /403 SignatureDoesNotMatch.*errors\/forbidden/,
	},
	"a bucket that does not exist": {
		env: { BUCKET_NAME: "films" },
		code: "storage-error",
		message: /"films" does not exist.*BUCKET_NAME/,
		log: /"films" does not exist.*BUCKET_NAME/,
	},
	"no login": {
		headers: {},
		code: "unauthenticated",
		message: /sign in/i,
		log: /no caller was found: the option principal returned null/,
	},
};

const namesSecret = /UPLOAD_TOKEN_SECRET.*openssl rand -base64 32/s;

/** A process of its own may write after it has answered. */
export const logHas = (server: BrokenServer, words: RegExp | string): Promise<void> =>
	vi.waitFor(() => expect(server.log().replaceAll("\\", "")).toMatch(words), { timeout: 240_000 });

const user = { authorization: "Bearer 42" };

/** Uploads a file, and resolves with the error that it ends with. */
export async function failureAt(
	endpoint: string,
	{ headers = user, multipartThreshold }: Pick<Mistake, "headers" | "multipartThreshold"> = {},
): Promise<UploadError> {
	const retry = { limit: 0, networkLimit: 0 };
	const client = createClient({ endpoint, headers, retry, multipartThreshold });
	const key = `users/42/${crypto.randomUUID()}`;
	const error: unknown = await client.uploadFile(new Uint8Array(1_000), key).catch((e) => e);
	if (!(error instanceof UploadError)) throw new Error("The upload succeeded", { cause: error });
	return error;
}

/** Mistakes in the server's own file, each a change of its text. */
interface Edits {
	/** The operations are not routed. */
	readonly operations?: Change["edit"];
	/** The body is read before the handler gets the request. */
	readonly body?: Change["edit"];
	/** The route drops the handler's response; a built app does by a variable. */
	readonly response?: Pick<Change, "edit" | "env">;
}

/** What frameworks answer, and log, in the place of a route that drops the handler's response. */
function droppedResponse(name: string): Pick<Mistake, "code" | "message" | "log"> {
	const returns = "that the route returns";
	if (/koa|hono/.test(name)) {
		return {
			code: "not-found",
			message: new RegExp(`answered 404: .*Check the path .*, and ${returns}`),
			...(/koa/.test(name) && { log: ownLine }),
		};
	}
	if (/sveltekit|react-router|astro/.test(name)) {
		return {
			code: "internal",
			message: new RegExp(`answered 500: .* see the logs, and check ${returns}`),
			log: /(must|should) return .*`Response`|TypeError: Value is not JSON serializable/,
		};
	}
	return {
		code: "invalid-request",
		message: new RegExp(`answered 200: nothing\\. Check ${returns}`),
		...(/fastify|nest/.test(name) && { log: ownLine }),
	};
}

const ownLine = /its route must return or await the handler/;

/**
 * Makes one mistake at a time in a set-up that follows the documentation, and checks that each is named.
 *
 * @param start starts the server with one change
 * @param edits mistakes in the server's own file
 */
export function checkBrokenSetUps(
	name: string,
	start: (change: Change) => Promise<BrokenServer>,
	edits: Edits = {},
): void {
	const { operations, body, response } = edits;
	const all: Readonly<Record<string, Mistake>> = {
		...mistakes,
		...(operations && {
			"a route without the operations below it": {
				edit: operations,
				multipartThreshold: 1,
				code: "not-found",
				message:
					/POST \/\S*uploads\/list .*route GET and POST \/\S*uploads\/\* to the upload handler/,
			},
		}),
		...(body && {
			"a body that was read before": {
				edit: body,
				code: "invalid-request",
				message: /body was read before.*Mount the handler before it/,
				log: /body was read before/,
			},
		}),
		...(response && {
			"a response that the route does not return": {
				...response,
				...droppedResponse(name),
			},
		}),
	};
	describe(`${name}, with a mistake`, () => {
		test.each(Object.entries(all))("%s is named", async (_what, mistake) => {
			const { env, edit, minutesAhead, endpointFrom = (endpoint) => endpoint } = mistake;
			const server = await start({ env, edit, minutesAhead });
			try {
				const error = await failureAt(endpointFrom(server.endpoint), mistake);
				expect(error).toMatchObject({ code: mistake.code });
				expect(error.message).toMatch(mistake.message);
				if (mistake.log) await logHas(server, mistake.log);
			} finally {
				await server.close();
			}
		});

		test.runIf(executablePath)(
			"a page of an origin that is not listed is told cors, with its origin and the option, and the log names both",
			async () => {
				const server = await start({});
				const { origin, failureAt } = otherPage as OtherPage;
				const { code, message } = await failureAt(server.endpoint);
				expect(code).toBe("cors");
				expect(message).toContain(`add "${origin}" to \`cors.origins\` of the upload handler`);
				await logHas(server, `from the origin "${origin}", which cors.origins does not list`);
				await server.close();
			},
		);

		test("a POST with the origin of a page that is not listed is refused, and the log names it", async () => {
			const server = await start({});
			const origin = "http://localhost:4321";
			const answer = await fetch(server.endpoint, {
				method: "POST",
				headers: {
					...user,
					origin,
					"sec-fetch-site": "same-site",
					"content-type": "application/json",
				},
				body: "{}",
			});
			expect(await answer.json()).toMatchObject({ code: "forbidden", values: { origin } });
			await logHas(
				server,
				/from the origin "http:\/\/localhost:4321", which cors\.origins does not list/,
			);
			await server.close();
		});

		test("no token secret is named when the server starts, or in its log", async () => {
			const started = await start({ env: { UPLOAD_TOKEN_SECRET: "" } }).catch(
				(error: unknown) => new Error("The server did not start", { cause: error }),
			);
			if (started instanceof Error) {
				expect(String(started.cause)).toMatch(namesSecret);
				return;
			}
			const error = await failureAt(started.endpoint);
			expect(error).toMatchObject({ code: "internal", status: 500 });
			expect(error.message).toMatch(/see the logs/);
			expect(error.message).not.toContain("openssl");
			await logHas(started, namesSecret);
			await started.close();
		});
	});
}
