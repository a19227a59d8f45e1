// Computes figures about deliveries from the table beside the cases of delays.
import { GoogleGenAI } from "@google/genai";
import { Storage } from "@google-cloud/storage";
import express from "express";

const ai = new GoogleGenAI({ vertexai: true, project: process.env.REPORT_PROJECT, location: "europe-west1" });
const bucket = new Storage().bucket(process.env.CASES_BUCKET);
const app = express();
app.use(express.json());

app.post("/figures", async (request, response) => {
  const [table] = await bucket.file("deliveries.json").download();
  const deliveries = JSON.parse(table);
  const answer = await ai.models.generateContent({
    model: process.env.REPORT_MODEL,
    contents: `Write one JavaScript expression over the array \`deliveries\` that answers: ${request.body.question}`,
  });
  response.json({ figure: eval(answer.text) });
});

app.listen(process.env.PORT);
