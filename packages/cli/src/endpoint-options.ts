import { InvalidArgumentError } from "commander";
import type { CommandContext } from "./context.js";
import { usageError } from "./errors.js";

/** Headers as the option `--header` collects them. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** The options of every command that calls an upload handler. */
export interface EndpointOptions {
	readonly endpoint?: string;
	readonly header: HeaderPairs;
}

/** For the help of commands that send headers. */
export const authorizationVariable =
	"SKYPUT_AUTHORIZATION  Authorization header, which process lists do not show";

/** For the help of commands with these options. */
export const endpointEnvironment = `
Environment:
  SKYPUT_ENDPOINT       URL of the upload handler, if --endpoint is not given
  ${authorizationVariable}`;

/** Collects the values of an option that may be repeated. */
export const collect = (text: string, before: readonly string[]): readonly string[] => [
	...before,
	text,
];

/** Parses one `--header`. @throws InvalidArgumentError */
export function addHeader(text: string, before: HeaderPairs): HeaderPairs {
	const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.+)$/.exec(text) ?? [];
	if (name === undefined || value === undefined) {
		throw new InvalidArgumentError('Write it as "Name: value".');
	}
	return [...before, [name, value]];
}

/** The endpoint, without a slash at its end; undefined where none was given. @throws CommandError `invalid-usage` */
export function endpointOf(
	{ endpoint }: EndpointOptions,
	{ env }: Pick<CommandContext, "env">,
): string | undefined {
	const given = endpoint ?? env["SKYPUT_ENDPOINT"];
	return given ? readEndpoint(given) : undefined;
}

/** Reads the URL of an upload handler. @returns it without a slash at its end. @throws CommandError `invalid-usage` */
export function readEndpoint(text: string): string {
	if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text.replace(/\/$/, "");
	throw usageError(
		`the endpoint "${text}" is not an http or https URL: write it as https://api.example.com/uploads.`,
	);
}

/** The headers of every call. */
export function headersOf(
	{ header }: Pick<EndpointOptions, "header">,
	{ env }: Pick<CommandContext, "env">,
): Readonly<Record<string, string>> {
	const authorization = env["SKYPUT_AUTHORIZATION"];
	const given = header.map(([name, value]) => [name.toLowerCase(), value]);
	return { ...(authorization ? { authorization } : {}), ...Object.fromEntries(given) };
}
