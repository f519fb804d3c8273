import { sizeOfPart } from "#protocol";
import {
	type Answers,
	createFakeEndpoint,
	type FakeEndpoint,
	multipartPlan,
	problem,
} from "./endpoint.js";
import {
	type Attempt,
	connectionLost,
	crcOf,
	createFakePlatform,
	type FakePlatform,
	stored,
} from "./platform.js";

/** A storage that remembers parts from one run of a client to the next, and its endpoint. */
export interface FakeCloud {
	/** By part number; forgotten when an upload is begun anew. */
	parts: Map<number, Uint8Array>;
	/** Parts in one answer of `list`. */
	pageSize: number;
	/** Whether `list` tells checksums. */
	listsChecksums: boolean;
	/** A run of its own: another process, or another page. */
	run(answers?: Answers): Run;
}

export interface Run extends FakeEndpoint {
	readonly platform: FakePlatform;
	/** The parts that this run sent and the storage took, in order. */
	readonly sent: () => number[];
	/** From this attempt on, counted from 0, no connection comes about. */
	cutAt: number;
}

const partOf = ({ url }: Attempt): number => Number(new URL(url).searchParams.get("part"));

/**
 * @param size bytes of the file
 * @param partSize bytes of each part but the last
 */
export function createFakeCloud(size: number, partSize = 10): FakeCloud {
	const cloud: FakeCloud = {
		parts: new Map(),
		pageSize: 1_000,
		listsChecksums: false,
		run(answers = {}) {
			const sent: number[] = [];
			const platform = createFakePlatform((attempt) => {
				if (attempt.index >= run.cutAt) throw connectionLost();
				const partNumber = partOf(attempt);
				sent.push(partNumber);
				cloud.parts.set(partNumber, attempt.body);
				return stored({ etag: `"${partNumber}"` });
			});
			const api = createFakeEndpoint({
				create: (_, index) => {
					cloud.parts.clear();
					return multipartPlan(size, { token: `token-${index}`, partSize });
				},
				list: ({ after = 0 }) => {
					const rest = [...cloud.parts].filter(([n]) => n > after).sort(([a], [b]) => a - b);
					const page = rest.slice(0, cloud.pageSize).map(([partNumber, body]) => ({
						partNumber,
						size: body.length,
						receipt: `"${partNumber}"`,
						...(cloud.listsChecksums && {
							checksum: { algorithm: "crc32", value: crcOf(body) },
						}),
					}));
					const next = page.at(-1)?.partNumber;
					return { parts: page, ...(rest.length > page.length && { next }) };
				},
				complete: ({ checksum }) => {
					for (let n = 1; n <= Math.ceil(size / partSize); n++) {
						if (cloud.parts.get(n)?.length !== sizeOfPart(n, size, partSize)) {
							return problem(422, "invalid-parts");
						}
					}
					return { key: "stored-key", size, checksum };
				},
				...answers,
			});
			const run: Run = { ...api, platform, sent: () => sent, cutAt: Number.POSITIVE_INFINITY };
			return run;
		},
	};
	return cloud;
}
