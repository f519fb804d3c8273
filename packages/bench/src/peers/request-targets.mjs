/** What an upload in parts may ask of the endpoint: one request to begin, one to end, windows of parts between. */
export function requestTargets({ control, controlBeforeData, data }) {
	return [
		{
			name: "control requests before the first byte",
			value: controlBeforeData,
			atMost: 1,
			unit: "requests",
		},
		{
			name: `control requests for ${data} parts`,
			value: control,
			atMost: 2 + Math.ceil(data / 16),
			unit: "requests",
		},
	];
}
