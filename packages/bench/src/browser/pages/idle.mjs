// Uploads nothing: measures the machine.
globalThis.upload = () =>
	new Promise((resolve) => {
		globalThis.endIdling = resolve;
	});
