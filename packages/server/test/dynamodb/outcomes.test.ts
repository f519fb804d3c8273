import { dynamoOutcomes } from "../../src/dynamodb/completions.js";
import { dynamoTable } from "../support/dynamo-table.js";
import { outcomeCases } from "../support/outcome-cases.js";

const { table, connect } = dynamoTable();

outcomeCases(async () => dynamoOutcomes({ table, client: connect() }));
