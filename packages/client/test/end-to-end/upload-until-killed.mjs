// node upload-until-killed.mjs <client> <options as JSON>: uploads one file, and tells by IPC how it goes
const [client, text] = process.argv.slice(2);
const { createClient, fromPath, fileResumeStore } = await import(client);
const { endpoint, path, key, records } = JSON.parse(text);

const tell = (message) => process.send?.(message);
const store = fileResumeStore(records);
const lock = (...all) => {
	tell({ locking: true });
	return store.lock(...all);
};
const get = async (id) => {
	const record = await store.get(id);
	if (record) tell({ known: JSON.parse(record).digests.filter(Boolean).length });
	return record;
};
const upload = createClient({
	endpoint,
	resume: { ...store, get, lock },
	multipartThreshold: 1_000_000,
	concurrency: 2,
}).uploadFile(fromPath(path), key, { onProgress: ({ loaded }) => tell({ loaded }) });
try {
	tell({ result: await upload });
} catch ({ code, message }) {
	tell({ code, message });
}
process.disconnect();
