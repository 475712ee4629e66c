// Uses a running service with the types that openapi-typescript has generated in `api.ts`.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const api = createClient<paths>({ baseUrl: process.argv[2] });
const credentials = { email: "typescript@example.com", password: "a long walk by the sea" };

const registered = await api.POST("/api/v1/auth/register", {
  body: { ...credentials, name: "TypeScript" },
});
const name: string | undefined = registered.data?.name;
assert.equal(name, "TypeScript");

const login = await api.POST("/api/v1/auth/login", { body: credentials });
const headers = { Authorization: `Bearer ${login.data?.access_token}` };

const asked = await api.POST("/api/v1/questions", {
  headers,
  body: { title: "Is this typed?", body: "It should be." },
});
assert.equal(asked.response.status, 201);
const question: components["schemas"]["Question"] | undefined = asked.data;
assert(question);

const path = { question_id: question.id };
const answered = await api.POST("/api/v1/questions/{question_id}/answers", {
  headers,
  params: { path },
  body: { body: "It is." },
});
const author: string | undefined = answered.data?.author.name;
assert.equal(author, "TypeScript");

const list = await api.GET("/api/v1/questions", { params: { query: { limit: 1 } } });
const titles: string[] | undefined = list.data?.items.map((item) => item.title);
assert.deepEqual(titles, ["Is this typed?"]);

const edited = await api.PATCH("/api/v1/questions/{question_id}", {
  headers,
  params: { path, header: { "If-Match": '"an old version"' } },
  body: { title: "Is it still typed?" },
});
const status: number | undefined = edited.error?.status;
assert.equal(status, 412);
