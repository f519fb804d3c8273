import type { TextType } from "./text-type.js";

/** Names of one kind of file: types, and extensions with a dot. Programs and browsers use any of them. */
const groups: readonly (readonly string[])[] = [
	"image/jpeg image/jpg image/pjpeg .jpg .jpeg .jpe .jfif",
	"image/png image/apng image/x-png .png .apng",
	"image/gif .gif",
	"image/webp .webp",
	"image/avif .avif",
	"image/heic image/heif image/heic-sequence image/heif-sequence .heic .heif",
	"image/bmp image/x-ms-bmp image/x-bmp .bmp .dib",
	"image/tiff image/tif image/x-adobe-dng image/x-canon-cr2 image/x-nikon-nef image/x-sony-arw .tif .tiff .dng .cr2 .nef .arw",
	"image/x-icon image/vnd.microsoft.icon image/ico .ico",
	"image/jxl .jxl",
	"image/vnd.adobe.photoshop image/x-photoshop application/x-photoshop .psd",
	"video/mp4 audio/mp4 audio/m4a audio/x-m4a video/x-m4v video/quicktime video/3gpp audio/3gpp video/3gpp2 .mp4 .m4a .m4v .mov .3gp .3g2",
	"video/matroska video/x-matroska audio/x-matroska video/webm audio/webm .mkv .webm",
	"video/vnd.avi video/x-msvideo video/avi .avi",
	"video/mpeg video/mp1s video/mp2p video/mp2t .mpg .mpeg .mts",
	"audio/mpeg audio/mp3 audio/x-mp3 .mp3",
	"audio/wav audio/wave audio/x-wav audio/vnd.wave .wav",
	"audio/ogg video/ogg application/ogg audio/opus .ogg .oga .ogv .opus",
	"audio/flac audio/x-flac .flac",
	"audio/aac audio/x-aac audio/aacp .aac",
	"audio/aiff audio/x-aiff .aif .aiff",
	"audio/midi audio/x-midi .mid .midi",
	"audio/x-ms-asf video/x-ms-asf application/vnd.ms-asf video/x-ms-wmv audio/x-ms-wma .asf .wmv .wma",
	"application/pdf application/x-pdf .pdf",
	"application/postscript application/eps .ps .eps",
	"application/rtf text/rtf .rtf",
	"application/zip application/x-zip application/x-zip-compressed .zip",
	"application/gzip application/x-gzip .gz .tgz",
	"application/x-tar application/tar .tar",
	"application/x-bzip2 application/x-bzip application/bzip2 .bz2",
	"application/x-xz application/xz .xz",
	"application/zstd application/x-zstd .zst",
	"application/x-7z-compressed .7z",
	"application/x-rar-compressed application/vnd.rar application/x-rar .rar",
	"application/x-msdownload application/vnd.microsoft.portable-executable application/x-dosexec .exe .dll .scr",
	"application/x-elf .elf",
	"application/wasm .wasm",
	"application/java-archive application/x-java-archive .jar",
	"application/vnd.android.package-archive .apk",
	"application/epub+zip .epub",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document .docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet .xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation .pptx",
	"application/vnd.oasis.opendocument.text .odt",
	"application/vnd.oasis.opendocument.spreadsheet .ods",
	"application/vnd.oasis.opendocument.presentation .odp",
	"application/msword .doc",
	"application/vnd.ms-excel .xls",
	"application/vnd.ms-powerpoint .ppt",
	"application/vnd.ms-outlook .msg",
	"font/ttf font/otf font/sfnt font/collection application/x-font-ttf application/x-font-otf application/font-sfnt .ttf .otf .ttc",
	"font/woff application/font-woff .woff",
	"font/woff2 application/font-woff2 .woff2",
].map((names) => names.split(" "));

const groupOf = new Map(groups.flatMap((group) => group.map((name) => [name, group] as const)));

/** Types that a zip, or an old file of Office, may be: file-type does not always see which. */
const containers: readonly (readonly [found: string, RegExp])[] = [
	[
		"application/zip",
		/^(?:application\/(?:.*\+zip|vnd\.openxmlformats-.*|vnd\.oasis\..*|vnd\.ms-.*macroenabled.*|java-archive|vnd\.android\.package-archive|vnd\.apple\..*)|model\/3mf|\.(?:jar|apk|epub|docx|xlsx|pptx|odt|ods|odp))$/,
	],
	[
		"application/x-cfb",
		/^(?:application\/(?:msword|vnd\.ms-(?:excel|powerpoint|outlook|project|works|publisher)|vnd\.visio|x-msi)|\.(?:doc|xls|ppt|msg))$/,
	],
];

/** Whether a name stands for a kind of file that is recognised. */
export const isRecognised = (name: string): boolean => groupOf.has(name);

/** Whether a file of the type `found` may have this name. */
export function fitsBinary(found: string, name: string): boolean {
	if (found === name || groupOf.get(found)?.includes(name)) return true;
	if (containers.some(([container, types]) => container === found && types.test(name))) return true;
	// each of these is a zip as well
	return (
		groupOf.get("application/zip")?.includes(name) === true &&
		(containers[0]?.[1].test(found) ?? false)
	);
}

const textNames: Readonly<Record<TextType, RegExp>> = {
	html: /^(?:text\/html|application\/xhtml\+xml|text\/markdown|\.(?:html?|xht(?:ml)?|md))$/,
	xhtml: /^(?:text\/html|application\/xhtml\+xml|\.(?:html?|xht(?:ml)?))$/,
	svg: /^(?:image\/svg\+xml|\.svg)$/,
	xml: /^(?:(?:application|text)\/xml|text\/markdown|(?!application\/xhtml|image\/svg)[^/]+\/.*\+xml|\.(?:xml|md|xsl|xslt|xsd|rss|atom|kml|gpx|plist|musicxml|wsdl))$/,
	text: /^(?:text\/.*|[^/]+\/.*\+json|application\/(?:json|x-ndjson|jsonl|(?:java|ecma|x-java)script|yaml|x-yaml|toml|sql|x-sql|x-sh|x-subrip|graphql|rtf|x-pem-file|pgp-.*|x-www-form-urlencoded)|\.(?:txt|csv|tsv|json|jsonl|ndjson|md|m?js|css|log|ya?ml|ini|toml|sql|sh|srt|vtt|ics|vcf|html?|pem))$/,
};

/** Whether a name stands for a kind of text. */
export const isTextName = (name: string): boolean =>
	Object.values(textNames).some((names) => names.test(name));

/** Whether a text of this kind may have this name. */
export const fitsText = (found: TextType, name: string): boolean => textNames[found].test(name);
