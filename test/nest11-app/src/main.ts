import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { AppModule } from "./app.module";

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks();
  await app.listen(0, "127.0.0.1");
  process.send?.(await app.getUrl());
}

bootstrap().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
