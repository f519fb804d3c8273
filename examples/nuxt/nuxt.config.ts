export default defineNuxtConfig({
	compatibilityDate: "2026-11-01",
	telemetry: false,
	app: { head: { title: "Uploads", htmlAttrs: { lang: "en" } } },
});
