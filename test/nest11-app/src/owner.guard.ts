import { CanActivate, ExecutionContext, Injectable, UnauthorizedException } from "@nestjs/common";

@Injectable()
export class OwnerGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.ownerId = request.headers["x-owner"];
    if (!request.ownerId) throw new UnauthorizedException("Who are you?");
    return true;
  }
}
