import { Body, Controller, Delete, Param, ParseIntPipe, Post } from "@nestjs/common";
import { PrismaService } from "./prisma.service";

@Controller("notes")
export class NotesController {
  constructor(private readonly prisma: PrismaService) {}

  @Post()
  create(@Body() data: { ownerId: string; text: string }) {
    return this.prisma.note.create({ data });
  }

  @Delete(":id")
  remove(@Param("id", ParseIntPipe) id: number) {
    return this.prisma.note.delete({ where: { id } });
  }
}
