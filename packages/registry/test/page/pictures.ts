/** A landscape in colors of its own: pictures that a test or a screenshot can tell apart. */
export async function drawPicture(name: string, hue: number, size = [1200, 800]): Promise<File> {
	const [width = 1, height = 1] = size;
	const canvas = Object.assign(document.createElement("canvas"), { width, height });
	const pen = canvas.getContext("2d");
	if (!pen) throw new Error("The browser has no canvas.");
	const sky = pen.createLinearGradient(0, 0, 0, height);
	sky.addColorStop(0, `hsl(${hue} 80% 62%)`);
	sky.addColorStop(0.7, `hsl(${hue + 45} 90% 78%)`);
	pen.fillStyle = sky;
	pen.fillRect(0, 0, width, height);
	pen.fillStyle = `hsl(${hue + 60} 100% 88%)`;
	pen.beginPath();
	pen.arc(width * 0.68, height * 0.42, height * 0.14, 0, 7);
	pen.fill();
	for (const [index, top] of [0.62, 0.72, 0.84].entries()) {
		pen.fillStyle = `hsl(${hue + 10} ${45 - index * 6}% ${44 - index * 12}%)`;
		pen.beginPath();
		pen.moveTo(0, height);
		for (let x = 0; x <= width; x += 10) {
			const wave = Math.sin(x / (170 - index * 30) + index * 2) + Math.sin(x / 77 + index) / 2;
			pen.lineTo(x, height * top + wave * height * 0.05);
		}
		pen.lineTo(width, height);
		pen.fill();
	}
	const blob = await new Promise<Blob | null>((resolve) =>
		canvas.toBlob(resolve, "image/jpeg", 0.9),
	);
	if (!blob) throw new Error("The canvas gave no picture.");
	return new File([blob], name, { type: "image/jpeg", lastModified: 1 });
}

/** A film of some frames in one color. */
export async function recordFilm(name: string): Promise<File> {
	const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
	const pen = canvas.getContext("2d");
	const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm" });
	const pieces: Blob[] = [];
	const stopped = new Promise((resolve) => {
		recorder.ondataavailable = ({ data }) => pieces.push(data);
		recorder.onstop = resolve;
	});
	recorder.start();
	for (let frame = 0; frame < 20; frame++) {
		if (pen) pen.fillStyle = `rgb(200 ${frame} 30)`;
		pen?.fillRect(0, 0, 320, 180);
		await new Promise(requestAnimationFrame);
	}
	recorder.stop();
	await stopped;
	return new File(pieces, name, { type: "video/webm" });
}
