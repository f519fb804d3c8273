import { fileURLToPath } from "node:url";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
	HttpApi,
	HttpMethod,
	HttpNoneAuthorizer,
	HttpStage,
	LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Alarm, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { bucketStatements, corsRule, lifecycleRules, uploadsStatements } from "./policy.ts";

export interface UploadsApiProps {
	/** Origins of the web pages that upload, such as `https://app.example.com`. */
	readonly origins: string[];
	/** Issuer of the users' tokens, such as `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc`. */
	readonly jwtIssuer: string;
	/** Audiences of the tokens; with Cognito, the ids of app clients. */
	readonly jwtAudience: string[];
	/** Calls per second, and at once, that the API lets through. @default 100 and 200 */
	readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
	/** How long logs are kept. @default one month */
	readonly logRetention?: RetentionDays;
	/** Another value makes the function read both secrets again. @default "1" */
	readonly secretsRotation?: string;
}

/** What is logged of a call: no query string, which holds keys, and no header. */
const accessLogFormat = JSON.stringify({
	time: "$context.requestTime",
	requestId: "$context.requestId",
	ip: "$context.identity.sourceIp",
	route: "$context.routeKey",
	status: "$context.status",
	milliseconds: "$context.responseLatency",
	authorizerError: "$context.authorizer.error",
	integrationError: "$context.integrationErrorMessage",
});

/** A bucket, and an HTTP API that signs uploads into it for users with a JWT. */
export class UploadsApi extends Construct {
	readonly bucket: Bucket;
	readonly handler: NodejsFunction;
	readonly api: HttpApi;
	/** The secret of tokens, and the one before the last rotation. */
	readonly tokenSecrets: readonly [current: Secret, previous: Secret];
	/** Crashes, throttled calls, 5xx: add an action such as `SnsAction` to each. */
	readonly alarms: readonly Alarm[];
	/** The endpoint for `createClient`. */
	readonly endpoint: string;

	constructor(scope: Construct, id: string, props: UploadsApiProps) {
		super(scope, id);
		const retention = props.logRetention ?? RetentionDays.ONE_MONTH;
		this.bucket = this.#makeBucket(props.origins);
		this.tokenSecrets = [this.#makeSecret("TokenSecret"), this.#makeSecret("PreviousTokenSecret")];
		this.handler = this.#makeHandler(props, new LogGroup(this, "FunctionLog", { retention }));
		for (const statement of uploadsStatements(this.bucket)) this.handler.addToRolePolicy(statement);
		this.api = this.#makeApi(props);
		const stage = new HttpStage(this, "Stage", {
			httpApi: this.api,
			stageName: "$default",
			autoDeploy: true,
			throttle: props.throttle ?? { rateLimit: 100, burstLimit: 200 },
			accessLogSettings: {
				destination: new LogGroupLogDestination(new LogGroup(this, "AccessLog", { retention })),
				format: AccessLogFormat.custom(accessLogFormat),
			},
		});
		this.endpoint = `${stage.url}uploads`;
		const period = Duration.minutes(5);
		this.alarms = [
			// a 500 of the function is a reply, so that only crashes and timeouts count here
			this.#alarm("FunctionErrors", this.handler.metricErrors({ period }), 1),
			this.#alarm("FunctionThrottles", this.handler.metricThrottles({ period }), 1),
			this.#alarm("ServerErrors", this.api.metricServerError({ period, statistic: "Sum" }), 5),
		];
	}

	#makeBucket(origins: string[]): Bucket {
		const bucket = new Bucket(this, "Bucket", {
			blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
			objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
			encryption: BucketEncryption.S3_MANAGED,
			removalPolicy: RemovalPolicy.RETAIN,
			cors: [corsRule(origins)],
			lifecycleRules,
		});
		for (const statement of bucketStatements(bucket)) bucket.addToResourcePolicy(statement);
		return bucket;
	}

	#makeSecret(id: string): Secret {
		return new Secret(this, id, {
			generateSecretString: { passwordLength: 64, excludePunctuation: true },
		});
	}

	#makeHandler(props: UploadsApiProps, logGroup: LogGroup): NodejsFunction {
		const [current, previous] = this.tokenSecrets;
		return new NodejsFunction(this, "Function", {
			entry: fileURLToPath(new URL("../src/handler.ts", import.meta.url)),
			runtime: Runtime.NODEJS_24_X,
			architecture: Architecture.ARM_64,
			memorySize: 256,
			// a completion may take 25 seconds, and the gateway gives up at 30
			timeout: Duration.seconds(29),
			logGroup,
			environment: {
				BUCKET_NAME: this.bucket.bucketName,
				ALLOWED_ORIGINS: props.origins.join(","),
				// references that CloudFormation resolves when it deploys the function
				UPLOAD_TOKEN_SECRET: current.secretValue.unsafeUnwrap(),
				UPLOAD_TOKEN_SECRET_PREVIOUS: previous.secretValue.unsafeUnwrap(),
				SECRETS_ROTATION: props.secretsRotation ?? "1",
			},
			bundling: {
				format: OutputFormat.ESM,
				minify: true,
				target: "node24",
				mainFields: ["module", "main"],
				// the SDK that was tested, not the one of Lambda's runtime
				externalModules: [],
				banner:
					'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
			},
		});
	}

	#makeApi({ jwtIssuer, jwtAudience }: UploadsApiProps): HttpApi {
		const defaultAuthorizer = new HttpJwtAuthorizer("Jwt", jwtIssuer, { jwtAudience });
		// no corsPreflight: the function answers CORS itself, and a gateway that did would drop that
		const api = new HttpApi(this, "Api", { createDefaultStage: false, defaultAuthorizer });
		const integration = new HttpLambdaIntegration("Function", this.handler);
		for (const path of ["/uploads", "/uploads/{operation}"]) {
			api.addRoutes({ path, methods: [HttpMethod.GET, HttpMethod.POST], integration });
			// a browser's preflight carries no token
			const authorizer = new HttpNoneAuthorizer();
			api.addRoutes({ path, methods: [HttpMethod.OPTIONS], integration, authorizer });
		}
		return api;
	}

	#alarm(id: string, metric: Metric, threshold: number): Alarm {
		return metric.createAlarm(this, id, {
			threshold,
			evaluationPeriods: 1,
			comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			treatMissingData: TreatMissingData.NOT_BREACHING,
		});
	}
}
