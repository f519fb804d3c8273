import fc from "fast-check";
import type { Checksum } from "#protocol";

const hostile = fc.constantFrom(
	"a b",
	"!'()*~",
	"+",
	"%",
	"%2F",
	"&=?#",
	"ü",
	"日本",
	"🎞️",
	"{partNumber}",
	"{value}",
	"$&",
	":@,;",
	'"<>|^`[]',
	"..",
	".",
	"",
);
const key = fc
	.array(fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 8 })), {
		minLength: 1,
		maxLength: 6,
	})
	.map((pieces) => pieces.join("/").toWellFormed())
	// the SDK refuses an empty key; the key policy does too
	.filter((text) => text !== "" && text !== "/");

export const visible: fc.Arbitrary<string> = fc.string({
	unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
	minLength: 1,
	maxLength: 20,
});
export const headerText: fc.Arbitrary<string> = fc
	.array(visible, { minLength: 1, maxLength: 3 })
	.map((words) => words.join("  "));
const token = fc.string({
	unit: fc.constantFrom(..."ABCxyz019+/="),
	minLength: 1,
	maxLength: 900,
});

const credentials = fc
	.record({
		accessKeyId: fc.stringMatching(/^A[A-Z0-9]{15,19}$/),
		secretAccessKey: fc.stringMatching(/^[A-Za-z0-9+/]{40}$/),
		sessionToken: fc.option(token, { nil: undefined }),
	})
	.map(({ sessionToken, ...rest }) => (sessionToken ? { ...rest, sessionToken } : rest));

const awsRegion = fc.constantFrom(
	"us-east-1",
	"eu-west-1",
	"ap-southeast-7",
	"il-central-1",
	"cn-north-1",
	"cn-northwest-1",
	"us-gov-west-1",
);
const bucket = fc.constantFrom(
	"my-bucket",
	"my.dotted.bucket",
	"MyBucket",
	"a1b",
	"under_score",
	"x".repeat(63),
);

/** Options that both sides take as they are. */
const place = fc.oneof(
	fc.record({ region: awsRegion }),
	fc.record({ region: awsRegion, useDualstackEndpoint: fc.constant(true) }),
	fc.record({ region: awsRegion, forcePathStyle: fc.constant(true) }),
	fc.record({
		region: fc.constantFrom("auto", "us-east-1", "eu-central-003"),
		endpoint: fc.constantFrom(
			"https://s3.example.com",
			"https://S3.Example.com:443/",
			"http://s3.example.com:80",
			"https://storage.example.org:8443",
			"http://127.0.0.1:9000",
			"http://[::1]:7480",
			"https://s3.eu-west-1.amazonaws.com",
		),
	}),
	fc.record({
		region: fc.constant("us-east-1"),
		endpoint: fc.constantFrom("http://localhost:7480", "https://example.com/storage/v1/s3/"),
		forcePathStyle: fc.constant(true),
	}),
);
/** What every signature has, whatever it signs. */
export interface Common {
	readonly bucket: string;
	readonly place: {
		readonly region: string;
		readonly endpoint?: string;
		readonly forcePathStyle?: boolean;
		readonly useDualstackEndpoint?: boolean;
	};
	readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
	readonly key: string;
	readonly date: Date;
	/** Seconds. */
	readonly expiresIn: number;
}

type Arbitraries<T> = { readonly [Name in keyof T]: fc.Arbitrary<T[Name]> };

export const common: Arbitraries<Common> = {
	bucket,
	place,
	credentials,
	key,
	date: fc.date({
		min: new Date("2013-05-24T00:00:00Z"),
		max: new Date("2099-12-31T23:59:59Z"),
		noInvalidDate: true,
	}),
	// session credentials of unknown end are held to an hour
	expiresIn: fc.integer({ min: 1, max: 3_600 }),
};

export const checksum: fc.Arbitrary<Checksum> = fc.constantFrom(
	{ algorithm: "crc32", value: "y/Q5Jg==" },
	{ algorithm: "crc32c", value: "4waSgw==" },
	{ algorithm: "crc64nvme", value: "rosUhgp5mIg=" },
	{ algorithm: "sha256", value: "FeKw07JLwWw8OxlQFaNmF2dQ1lqQQPS3ij+2YKkjbAc=" },
	{ algorithm: "md5", value: "JfnnlDI7RTiF9RgfGLoGIw==" },
);
