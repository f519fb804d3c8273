import { InvalidArgumentError } from "commander";
import type { CommandContext } from "./context.js";

/** Headers as the option `--header` collects them. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** The options of every command that calls an upload handler. */
export interface EndpointOptions {
	readonly endpoint?: string;
	readonly header: HeaderPairs;
}

/** For the help of these commands. */
export const endpointEnvironment = `
Environment:
  SKYPUT_ENDPOINT       the endpoint, without --endpoint
  SKYPUT_AUTHORIZATION  the Authorization header, which then stands in no list of processes`;

/** Parses one `--header`. @throws InvalidArgumentError */
export function addHeader(text: string, before: HeaderPairs): HeaderPairs {
	const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.+)$/.exec(text) ?? [];
	if (name === undefined || value === undefined) {
		throw new InvalidArgumentError('Write it as "Name: value".');
	}
	return [...before, [name, value]];
}

/** The endpoint; undefined where none was given. */
export const endpointOf = (
	{ endpoint }: EndpointOptions,
	{ env }: Pick<CommandContext, "env">,
): string | undefined => (endpoint ?? env["SKYPUT_ENDPOINT"]) || undefined;

/** The headers of every call. */
export function headersOf(
	{ header }: Pick<EndpointOptions, "header">,
	{ env }: Pick<CommandContext, "env">,
): Readonly<Record<string, string>> {
	const authorization = env["SKYPUT_AUTHORIZATION"];
	const given = header.map(([name, value]) => [name.toLowerCase(), value]);
	return { ...(authorization ? { authorization } : {}), ...Object.fromEntries(given) };
}
