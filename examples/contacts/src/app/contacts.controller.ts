import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from "@nestjs/common";
import { AccountId, AuthGuard } from "./auth.guard.js";
import { PrismaService } from "./prisma.service.js";

/** What a client may say about a contact; whose it is, the token says. */
interface ContactInput {
  readonly name?: unknown;
  readonly email?: unknown;
  readonly phone?: unknown;
  readonly favorite?: unknown;
}

/** Rows a list answers with at most. */
const mostRows = 100;
/** Private to the server, in these routes as in the sync. */
const omit = { notes: true } as const;

@Controller("contacts")
@UseGuards(AuthGuard)
export class ContactsController {
  constructor(@Inject(PrismaService) private readonly prisma: PrismaService) {}

  @Get()
  list(@AccountId() accountId: string, @Query("search") search = "", @Query("take") take = "20") {
    return this.prisma.contact.findMany({
      where: { accountId, name: { contains: search } },
      omit,
      orderBy: [{ name: "asc" }, { id: "asc" }],
      take: Math.min(Math.max(1, Number.parseInt(take, 10) || 20), mostRows),
    });
  }

  @Get(":id")
  async one(@AccountId() accountId: string, @Param("id") id: string) {
    const contact = await this.prisma.contact.findFirst({ where: { id, accountId }, omit });
    return contact ?? missing(id);
  }

  @Post()
  create(@AccountId() accountId: string, @Body() body: unknown) {
    const { name, ...rest } = fields(body);
    if (name === undefined) throw new BadRequestException("A contact needs a name.");
    return this.prisma.contact.create({ data: { accountId, name, ...rest }, omit });
  }

  @Patch(":id")
  async update(@AccountId() accountId: string, @Param("id") id: string, @Body() body: unknown) {
    const { count } = await this.prisma.contact.updateMany({ where: { id, accountId }, data: fields(body) });
    return count === 0 ? missing(id) : this.one(accountId, id);
  }

  @Delete(":id")
  @HttpCode(204)
  async remove(@AccountId() accountId: string, @Param("id") id: string): Promise<void> {
    const { count } = await this.prisma.contact.deleteMany({ where: { id, accountId } });
    if (count === 0) missing(id);
  }
}

function missing(id: string): never {
  throw new NotFoundException(`You have no contact ${id}.`);
}

/** Field by field: what is not listed here, `accountId` above all, cannot be written from outside. */
function fields(body: unknown): { name?: string; email?: string; phone?: string; favorite?: boolean } {
  const { name, email, phone, favorite } = (body ?? {}) as ContactInput;
  return {
    ...text("name", name),
    ...text("email", email),
    ...text("phone", phone),
    ...(favorite === undefined ? {} : { favorite: favorite === true }),
  };
}

function text<Name extends string>(name: Name, value: unknown): { [name in Name]?: string } {
  if (value === undefined) return {};
  if (typeof value !== "string" || value.trim() === "") throw new BadRequestException(`"${name}" must be a text.`);
  return { [name]: value } as { [name in Name]?: string };
}
