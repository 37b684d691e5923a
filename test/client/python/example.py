"""A program that uses all parts of the client; `mypy --strict` accepts it. Prints what it found."""

import asyncio
import json
import os
from typing import Any, Dict, List, Optional

from steward import AsyncSteward, CommandOptions, NotFoundError, Steward
from steward.types import AdminListing, DryRunResult, JobWithItems, ObjectSaveData

found: Dict[str, Any] = {}
url, token = os.environ['STEWARD_URL'], os.environ['TOKEN']

with Steward(url, token=token) as steward:
    for number in range(5):
        steward.administer.addUser(user=f'member{number}')
    with Steward(url, token=os.environ['ANN']) as ann:
        for number in range(3):
            ann.methods.create_workspace(workspace=f'genomes{number}')
        found['noticed'] = [action['command'] for action in ann.pages.list_admin_actions()]
        ann.methods.request_module_ownership('Birds')
        steward.administer.approveModRequest(module='Birds')
        spec = 'module Birds { typedef structure { string name; } Wing; };'
        ann.methods.register_typespec(spec=spec, new_types=['Wing'], dryrun=0)
        ann.methods.release_module('Birds')
        objects: List[Optional[ObjectSaveData]] = [
            {'name': f'wing{number}', 'type': 'Birds.Wing', 'data': {'name': 'w'}} for number in range(4)
        ]
        ann.methods.save_objects(workspace='genomes0', objects=objects)
        found['own objects'] = [name for _, name, *_ in ann.pages.list_objects(workspaces=['genomes0'], limit=3)]
    found['objects'] = [item[1] for item in steward.pages.listObjects(workspaces=['genomes0'], limit=2)]
    for name in 'abc':
        steward.administer.createFolder(id=f'/@Catalog/shared/{name}', createIntermediateFolders=True)
    found['folders'] = [item['name'] for item in steward.pages.listCatalog(type='folders', search='?', limit=2)]

    plan: DryRunResult = steward.dry_run.addAdmin(user='member0', as_=['member1'], role='readOnly').result
    options: CommandOptions = {'_reason': 'on call', '_idempotency_key': 'example-1', '_plan': plan['plan']}
    done = steward.administer.addAdmin(user='member0', as_=['member1'], role='readOnly', **options)
    again = steward.administer.addAdmin({'role': 'readOnly', 'as': ['member1']}, user='member0', **options)
    found['done once'] = done.receipt is not None and done.receipt == again.receipt

    names: List[str] = steward.administer.listAdmins().result
    admins: List[AdminListing] = steward.administer.listAdmins(detail=True).result
    found['admins'] = [names, sorted(admin['user'] for admin in admins)]

    since = '2020-01-01T00:00:00Z'
    found['paged'] = [user['user'] for user in steward.pages.listUsers(prefix='member', limit=2)]
    commands = [record['command'] for record in steward.pages.getAudit(from_=since, command='addUser', limit=2)]
    found['audited'] = commands

    begun = steward.administer.changeOwner(from_='ann', to='member2').result
    seen: List[int] = []

    def on_progress(job: JobWithItems) -> None:
        seen.append(job['moved'])

    ended = steward.wait_for_job(begun['job'], on_progress=on_progress, interval=0.05)
    found['job'] = [ended['state'], ended['moved'], seen[-1]]
    found['items'] = [item['outcome'] for item in steward.pages.getJob(id=begun['job'], items={'limit': 1})]
    found['items without asking'] = len(list(steward.pages.getJob(id=begun['job'])))
    owned = steward.pages.listOwned(user='member2', type='workspace', having='owned', limit=2)
    found['owned'] = len({item['id'] for item in owned})
    try:
        next(steward.pages.listOwned(user='member2'))
    except ValueError as error:
        found['without items'] = 'listOwned' in str(error)


async def concurrently() -> None:
    async with AsyncSteward(url, token=token) as client:
        answers = await asyncio.gather(*(client.methods.ver() for _ in range(20)))
        found['versions'] = len({answer.result for answer in answers})
        names = [user['user'] async for user in client.pages.listUsers(prefix='member', limit=2)]
        found['paged at the same time'] = names
        found['the job'] = (await client.wait_for_job(begun['job']))['state']
        admins: List[AdminListing] = (await client.administer.listAdmins(detail=True)).result
        found['detail'] = len(admins)
        found['paged objects'] = [item[1] async for item in client.pages.listObjects(ids=[1], limit=2)]
        found['notices'] = [notice['about'] async for notice in client.pages.list_notices()]
        found['by name'] = (await client.command('listAdmins', {'detail': False})).result
        dry = (await client.dry_run.removeAdmin(user='member0')).result
        found['would change'] = len(dry['changes']) > 0
        try:
            await client.administer.addAdmin(user='nobody')
        except NotFoundError as error:
            found['error'] = error.reason


asyncio.run(concurrently())
print(json.dumps(found))
