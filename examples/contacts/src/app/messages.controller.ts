import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Inject,
  NotFoundException,
  Param,
  Post,
  UseGuards,
} from "@nestjs/common";
import { AccountId, AuthGuard } from "./auth.guard.js";
import { PrismaService } from "./prisma.service.js";

@Controller("chats/:chatId/messages")
@UseGuards(AuthGuard)
export class MessagesController {
  constructor(@Inject(PrismaService) private readonly prisma: PrismaService) {}

  @Get()
  async latest(@AccountId() accountId: string, @Param("chatId") chatId: string) {
    await this.require(accountId, chatId);
    return this.prisma.message.findMany({
      where: { chatId },
      orderBy: [{ sentAt: "desc" }, { id: "asc" }],
      take: 50,
    });
  }

  @Post()
  async send(@AccountId() accountId: string, @Param("chatId") chatId: string, @Body() body: unknown) {
    const text = (body as { body?: unknown } | undefined)?.body;
    if (typeof text !== "string" || text === "") throw new BadRequestException('A message needs a "body".');
    await this.require(accountId, chatId);
    return this.prisma.message.create({ data: { chatId, body: text } });
  }

  private async require(accountId: string, chatId: string): Promise<void> {
    const chats = await this.prisma.chat.count({ where: { id: chatId, accountId } });
    if (chats === 0) throw new NotFoundException(`You have no chat ${chatId}.`);
  }
}
