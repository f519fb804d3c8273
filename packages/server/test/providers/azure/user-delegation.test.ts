import tls from "node:tls";
import { expect, test } from "vitest";
import { certificate } from "../../../../../tools/certificate.js";
import { startAzurite } from "../../../../../tools/start-azurite.js";
import { azureProvider } from "../../../src/providers/azure/provider.js";
import { all, begin, bytes, readBack, unsignedToken } from "./azurite.js";

test("With a user delegation key an upload, its URLs and all calls work over https, and a changed URL does not", async () => {
	tls.setDefaultCACertificates([...tls.getCACertificates("default"), certificate.cert]);
	const { close, account, container, endpoint } = await startAzurite(certificate);
	try {
		let asked = 0;
		const getToken = async () => {
			asked++;
			return { token: unsignedToken() };
		};
		const provider = azureProvider({ account, container, endpoint, getToken });
		const file = bytes(2_500);
		const { ref, url, putAll } = await begin(provider, "a/b ü.txt");
		const parts = await putAll(file);
		const spec = { key: ref.key, size: file.length, contentType: "text/plain" };
		await provider.completeMultipart(ref, parts, { spec, createOnly: true });
		expect((await readBack(provider, ref.key))?.body.equals(file)).toBe(true);
		expect(asked).toBe(1);
		expect(new URL(url).searchParams.get("skoid")).toBe("23657296-5cd5-45b0-a809-d972a7f4dfe1");
		const { url: read } = await provider.signDownload(ref.key, { expiresIn: 60 });
		for (const change of [/sp=r/, /skt=2/, /se=2/]) {
			const changed = read.replace(change, (text) => `${text.slice(0, -1)}w`);
			expect((await fetch(changed)).status).toBe(403);
		}
		const listed = await all(provider.maintenance?.listObjects("a/"));
		expect(listed).toMatchObject([{ key: ref.key, size: file.length }]);
		await provider.delete(ref.key);
		expect(await provider.head(ref.key)).toBeNull();
	} finally {
		await close();
	}
});
