import { hasCode, UploadError } from "../errors.js";
import type { CompleteOptions, MultipartRef } from "../multipart-upload.js";
import type { ObjectInfo } from "../object-spec.js";
import type { PresignProvider } from "../provider.js";

const stageKey = (uploadId: string): string => `.skyput/${uploadId}`;

/** The upload at its staging key. The id of a staged one is Skyput's, a slash, and the storage's. */
function stageOf({ id }: MultipartRef): MultipartRef {
	const end = id.indexOf("/");
	return { key: stageKey(id.slice(0, end)), id: id.slice(end + 1) };
}

function problemsOf(provider: PresignProvider): readonly string[] {
	const { multipart, copy } = provider.capabilities;
	const isDenied = provider.unsignedHeaders === "denied-by-policy" && !provider.signsSeparately;
	return [
		...(multipart === false ? ["it has no multipart uploads"] : []),
		...(copy.createOnly
			? []
			: [
					"its copies are not known to refuse to overwrite; let the server make unique keys (key: ...) instead, or state what the storage can do (capabilities: { copy: { createOnly: true } })",
				]),
		...(isDenied
			? [
					'unsignedHeaders: "denied-by-policy" denies copies to the keys that sign URLs; pass other keys for the server\'s own calls (credentials beside signingCredentials)',
				]
			: []),
	];
}

/**
 * Stores the parts of multipart uploads at `.skyput/<uploadId>`, and commits them by a copy that refuses to
 * overwrite. For a storage whose multipart uploads can't be create-only, or where the URL of a part can write
 * the whole object. Singles, downloads and deletes are those of the provider.
 *
 * The server needs the permission to read and delete below `.skyput/`; a lifecycle rule there removes what a
 * stopped server leaves behind.
 *
 * @param provider - Whose copies are create-only.
 * @returns A provider whose multipart uploads are create-only, and whose part URLs write parts alone.
 * @throws TypeError with every reason why the provider can't be staged.
 * @example
 * staged(s3Provider({ bucket: "uploads", endpoint: "https://s3.example.com", capabilities }))
 */
export function staged(provider: PresignProvider): PresignProvider {
	if (!Object(provider).capabilities) {
		throw new TypeError("staged() needs a provider, such as s3Provider({ … }).");
	}
	const problems = problemsOf(provider);
	const { capabilities } = provider;
	if (problems.length > 0 || capabilities.multipart === false) {
		throw new TypeError(`The ${provider.id} storage cannot be staged:\n- ${problems.join("\n- ")}`);
	}
	/** Copies in progress: a call that is repeated meanwhile waits for the first. */
	const moving = new Map<string, Promise<ObjectInfo>>();

	/** Deletes joined parts; what can't be deleted is left to the lifecycle rule. */
	const discard = (key: string): Promise<void> => provider.delete(key).catch(() => undefined);

	/** Copies joined parts to their key, and deletes them. */
	async function move(from: ObjectInfo, options: CompleteOptions): Promise<ObjectInfo> {
		const { createOnly, spec } = options;
		try {
			const copied = await provider.copy(from, spec.key, { createOnly, spec });
			await discard(from.key);
			return copied.checksums.length > 0 ? copied : { ...copied, checksums: from.checksums };
		} catch (cause) {
			if (hasCode(cause, "already-exists")) await discard(from.key);
			if (!hasCode(cause, "not-found")) throw cause;
			const message = "The upload was completed or aborted by another call.";
			throw new UploadError("upload-not-found", message, { cause });
		}
	}

	function moveOnce(from: ObjectInfo, options: CompleteOptions): Promise<ObjectInfo> {
		const running = moving.get(from.key);
		if (running !== undefined) return running;
		const started = move(from, options).finally(() => moving.delete(from.key));
		moving.set(from.key, started);
		return started;
	}

	return {
		id: provider.id,
		bucket: provider.bucket,
		unsignedHeaders: provider.unsignedHeaders,
		hosts: provider.hosts,
		signsSeparately: provider.signsSeparately,
		capabilities: {
			...capabilities,
			multipart: {
				...capabilities.multipart,
				maxObjectSize: Math.min(capabilities.multipart.maxObjectSize, capabilities.copy.maxSize),
			},
			createOnly: { ...capabilities.createOnly, multipart: "at-complete" },
			partUrl: "part",
		},
		signUpload: (...call) => provider.signUpload(...call),
		head: (...call) => provider.head(...call),
		signDownload: (...call) => provider.signDownload(...call),
		delete: (...call) => provider.delete(...call),
		copy: (...call) => provider.copy(...call),
		maintenance: provider.maintenance,
		probe: provider.probe && ((...call) => provider.probe?.(...call) ?? Promise.resolve({})),

		async createMultipart(spec, { checksum }) {
			const { uploadId = crypto.randomUUID() } = spec;
			// the storage refuses at the copy, not at this commit
			const options = { createOnly: false, checksum };
			const { id } = await provider.createMultipart({ ...spec, key: stageKey(uploadId) }, options);
			return { key: spec.key, id: `${uploadId}/${id}` };
		},
		signParts: (ref, ...call) => provider.signParts(stageOf(ref), ...call),
		listParts: (ref, ...call) => provider.listParts(stageOf(ref), ...call),

		async completeMultipart(ref, parts, options) {
			const stage = stageOf(ref);
			const spec = { ...options.spec, key: stage.key };
			const joined = await provider.completeMultipart(stage, parts, {
				...options,
				spec,
				createOnly: false,
			});
			return moveOnce(joined, options);
		},

		async resumeCommit(ref, options) {
			const joined = await provider.head(stageOf(ref).key);
			const { uploadId, size } = options.spec;
			if (joined?.uploadId !== uploadId || joined?.size !== size) return null;
			return moveOnce(joined, options);
		},

		async abortMultipart(ref) {
			const stage = stageOf(ref);
			await provider.abortMultipart(stage);
			// of a commit that broke off
			if ((await provider.head(stage.key)) !== null) await discard(stage.key);
		},
	};
}
