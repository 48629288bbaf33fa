import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UnauthorizedException,
} from "@nestjs/common";
import { accountOfToken } from "./accounts.js";

interface AuthorizedRequest {
  readonly headers: { readonly authorization?: string };
  accountId?: string;
}

/** Lets requests with the token of an account through, and remembers which account that is. Others get 401. */
@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthorizedRequest>();
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const accountId = token === undefined ? undefined : accountOfToken(token);
    if (accountId === undefined) throw new UnauthorizedException("Send the token of an account: Bearer <token>.");
    request.accountId = accountId;
    return true;
  }
}

/** The account a request was authorized for; nothing the client says about itself comes in here. */
export function accountOf(context: ExecutionContext): string {
  const { accountId } = context.switchToHttp().getRequest<AuthorizedRequest>();
  if (accountId === undefined) throw new UnauthorizedException("This route has no AuthGuard.");
  return accountId;
}

/** The same as a parameter of a handler. */
export const AccountId = createParamDecorator((_: unknown, context: ExecutionContext) => accountOf(context));
