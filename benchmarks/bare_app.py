"""The routes that everybody writes, for auth to be compared with.

`GET /users/{id}` is one `session.get` through an `AsyncSession`, and checks no token. `POST /login`
asks for the user, checks the hash on as many threads as there are cores, and notes the login. It
knows of no attempts before, no device, no list of sessions and no mail.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, undefer

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=20)
sessions = async_sessionmaker(engine, expire_on_commit=False)
hasher = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)
threads = CapacityLimiter(os.cpu_count() or 1)


class Base(DeclarativeBase):
    pass


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    is_active: Mapped[bool]
    is_admin: Mapped[bool]
    last_login_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    password_hash: Mapped[str] = mapped_column(deferred=True)


class Login(Base):
    __tablename__ = "bare_logins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class LoginRequest(BaseModel):
    email: str
    password: str


class LoginResponse(BaseModel):
    access_token: str


class UserResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    is_active: bool
    is_admin: bool
    last_login_at: datetime | None
    created_at: datetime


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


@app.get("/users/{user_id}")
async def get_user(
    user_id: UUID, session: Annotated[AsyncSession, Depends(session)]
) -> UserResponse:
    user = await session.get(User, user_id)
    if user is None:
        raise HTTPException(404)
    return UserResponse.model_validate(user)


@app.post("/login")
async def login(
    body: LoginRequest, session: Annotated[AsyncSession, Depends(session)]
) -> LoginResponse:
    asked = select(User).options(undefer(User.password_hash)).where(User.email == body.email)
    user = (await session.execute(asked)).scalar_one()
    try:
        await to_thread.run_sync(hasher.verify, user.password_hash, body.password, limiter=threads)
    except VerifyMismatchError as error:
        raise HTTPException(401) from error
    now = datetime.now(UTC)
    session.add(Login(user_id=user.id, at=now))
    await session.commit()
    claims = {"sub": str(user.id), "exp": now + timedelta(minutes=15)}
    return LoginResponse(access_token=jwt.encode(claims, "0" * 32, "HS256"))
