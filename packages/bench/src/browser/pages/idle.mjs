// Nothing is uploaded: what is measured here is the machine's.
globalThis.upload = () =>
	new Promise((resolve) => {
		globalThis.endIdling = resolve;
	});
