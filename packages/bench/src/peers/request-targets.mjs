/** The control requests of a multipart upload: one to create it, one to complete it, and windows of parts. */
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
