// Answers each request with the number of words in its body. With "keep", it remembers every body: a list that nobody empties.
const http = require("http");
const [port, mode] = process.argv.slice(2);
const kept = [];

http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const text = Buffer.concat(parts).toString();
    if (mode === "keep") kept.push(text);
    response.end(String(text.split(" ").length));
  });
}).listen(Number(port), "127.0.0.1");
