"""OAuth tokens: generate, read and revoke them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.tokens import (
    generate_call,
    get_call,
    list_call,
    page_calls,
    revoke_call,
    revoke_own_call,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from pydantic import SecretStr

    from carrierx.models.filters import Filter
    from carrierx.models.oauth_token import GeneratedToken, OAuthToken
    from carrierx.models.page import Page
    from carrierx.options import CallOptions

__all__ = ["AsyncTokens"]


class AsyncTokens(AsyncResource):
    """Generate, read and revoke OAuth tokens: `client.tokens`, CarrierX's `/oauth`.

    You don't need it to send: a token from CarrierX's portal is enough. CarrierX provides the client ID and the client
    secret on request.
    """

    async def generate(
        self,
        *,
        client_id: str,
        client_secret: str | SecretStr,
        username: str,
        password: str | SecretStr,
        access_token_expires_in: int | None = None,
        **options: Unpack[CallOptions],
    ) -> GeneratedToken:
        """Generate a token for your account.

        The request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429.

        Args:
            client_id: The client ID that CarrierX gave you.
            client_secret: The client secret that CarrierX gave you.
            username: The account's user name.
            password: The account's password.
            access_token_expires_in: The seconds after which the token expires, 1 or more. CarrierX doesn't document its
                default.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The token. `access_token` is the secret: `AsyncCarrierXClient(token.access_token)`.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            UnconfirmedSendError: The token might exist: look through your tokens before you try again.
            APIError: CarrierX refused it. There is no new token.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `oauth.manage_all_tokens`, `oauth.manage` or `oauth.create`.
        Source: CarrierX's page on generating an OAuth bearer token.

        Example:
            >>> token = await client.tokens.generate(
            ...     client_id="5c7965f2", client_secret="50339091", username="joe", password="qwerty123"
            ... )
            >>> token.token_type, token.access_token
            ('bearer', SecretStr('**********'))
        """
        fields = {
            "grant_type": "password",
            "client_id": client_id,
            "client_secret": client_secret,
            "username": username,
            "password": password,
            "access_token_expires_in": access_token_expires_in,
        }
        return await self._execute(generate_call(fields), options)

    async def generate_for_partner(
        self,
        partner_sid: str,
        *,
        client_id: str,
        client_secret: str | SecretStr,
        access_token_expires_in: int | None = None,
        **options: Unpack[CallOptions],
    ) -> GeneratedToken:
        """Generate a token for an account below yours, without its password.

        The request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429.

        Args:
            partner_sid: The SID of the account.
            client_id: The client ID that CarrierX gave you.
            client_secret: The client secret that CarrierX gave you.
            access_token_expires_in: The seconds after which the token expires, 1 or more. CarrierX doesn't document its
                default.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The token. `access_token` is the secret.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            UnconfirmedSendError: The token might exist: look through the account's tokens before you try again.
            NotFoundError: There is no such account, or it isn't below yours.
            APIError: CarrierX refused it. There is no new token.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `oauth.manage_all_tokens`, `oauth.manage` or `oauth.create`.
        Source: CarrierX's page on generating an OAuth bearer token for a sub-partner.

        Example:
            >>> token = await client.tokens.generate_for_partner(
            ...     message.partner_sid, client_id="5c7965f2", client_secret="50339091", access_token_expires_in=3600
            ... )
            >>> token.partner_sid == message.partner_sid
            True
        """
        fields = {
            "client_id": client_id,
            "client_secret": client_secret,
            "access_token_expires_in": access_token_expires_in,
        }
        return await self._execute(generate_call(fields, partner_sid), options)

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[OAuthToken]:
        """Read one page of your active tokens.

        Args:
            filter: The tokens to return: `where("name").eq("backend")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `date_created`, `date_created desc`, `shuffle`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `oauth.manage_all_tokens`, `oauth.manage` or `oauth.read`.
        Source: CarrierX's page on getting all active OAuth tokens.

        Example:
            >>> len(await client.tokens.list(limit=5)) <= 5
            True
        """
        return await self._execute(list_call(filter, order, limit, offset), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[OAuthToken]:
        """Iterate over your active tokens. Each page is fetched when it is needed.

        Args:
            filter: The tokens to return: `where("name").eq("backend")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `date_created`, `date_created desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the tokens.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `oauth.manage_all_tokens`, `oauth.manage` or `oauth.read`.
        Source: CarrierX's page on getting all active OAuth tokens.

        Example:
            >>> [token async for token in client.tokens.iterate(filter=where("name").eq("no such name"))]
            []
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def get(self, token_sid: str, **options: Unpack[CallOptions]) -> OAuthToken:
        """Read one of your tokens.

        Args:
            token_sid: The token's SID, not the token itself.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The token.

        Raises:
            NotFoundError: There is no such token.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `oauth.manage_all_tokens`, `oauth.manage` or `oauth.read`.
        Source: CarrierX's page on getting an OAuth token by SID.

        Example:
            >>> token = await client.tokens.generate(
            ...     client_id="5c7965f2", client_secret="50339091", username="joe", password="qwerty123"
            ... )
            >>> (await client.tokens.get(token.token_sid)).access_token == token.access_token
            True
        """
        return await self._execute(get_call(token_sid), options)

    async def revoke(
        self,
        token: str | SecretStr,
        *,
        client_id: str,
        client_secret: str | SecretStr,
        token_type: str | None = None,
        **options: Unpack[CallOptions],
    ) -> None:
        """Revoke a token: from then on, CarrierX refuses it.

        The request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429.

        Args:
            token: The access token, such as the `access_token` of a token that you read.
            client_id: The client ID that CarrierX gave you.
            client_secret: The client secret that CarrierX gave you.
            token_type: The type of the token. CarrierX doesn't document its values.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            Nothing.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            UnconfirmedSendError: The token might be revoked: look through your tokens before you try again.
            APIError: CarrierX refused it. The token was not revoked.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `oauth.manage_all_tokens` or `oauth.manage`.
        Source: CarrierX's page on revoking an OAuth token.

        Example:
            >>> token = await client.tokens.generate(
            ...     client_id="5c7965f2", client_secret="50339091", username="joe", password="qwerty123"
            ... )
            >>> await client.tokens.revoke(token.access_token, client_id="5c7965f2", client_secret="50339091")
            >>> token.token_sid in [active.token_sid for active in await client.tokens.list()]
            False
        """
        fields = {"client_id": client_id, "client_secret": client_secret, "token_type": token_type}
        await self._execute(revoke_call(token, fields), options)

    async def revoke_own(
        self,
        *,
        client_id: str,
        client_secret: str | SecretStr,
        confirm: bool = False,
        **options: Unpack[CallOptions],
    ) -> None:
        """Revoke the token of this client. CarrierX refuses all further requests of the client.

        The request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429.

        Args:
            client_id: The client ID that CarrierX gave you.
            client_secret: The client secret that CarrierX gave you.
            confirm: Must be True.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            Nothing.

        Raises:
            InvalidArgumentError: It isn't confirmed, or an argument is invalid. Nothing was sent.
            UnconfirmedSendError: The token might be revoked: the next request shows it.
            APIError: CarrierX refused it. The token was not revoked.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `oauth.manage_all_tokens` or `oauth.manage`.
        Source: CarrierX's page on revoking an OAuth token: without a token, it revokes that of the request.

        Example:
            >>> from carrierx import InvalidArgumentError
            >>> try:
            ...     await client.tokens.revoke_own(client_id="5c7965f2", client_secret="50339091")
            ... except InvalidArgumentError:
            ...     print("not confirmed")
            not confirmed
        """
        fields = {"client_id": client_id, "client_secret": client_secret}
        await self._execute(revoke_own_call(fields, confirm), options)
